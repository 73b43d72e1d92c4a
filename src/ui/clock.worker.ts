// A clock for hidden tabs: answers every message after the milliseconds it names.
addEventListener('message', ({ data }: MessageEvent<number>) => {
  setTimeout(() => postMessage(null), data);
});
