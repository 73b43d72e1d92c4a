// Hands a file to the reader.

/** Saves text or bytes under a name, as the browser saves. */
export function saveFile(name: string, type: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has read the address by the next turn; some need it a little longer.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
