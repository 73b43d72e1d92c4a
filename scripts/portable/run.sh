#!/bin/sh
# Starts meanfield from this folder with its own Node and Vulkan loader, on the GPU driver of this machine.
# Uses nothing but the shell itself: no program of the system is needed.
case $0 in
  */*) here=${0%/*} ;;
  *) here=. ;;
esac
here=$(cd "$here" && pwd -P) || exit 3
node=$here/bin/node
addon=$here/app/node_modules/webgpu/dist/linux-x64/dawn.node
libraries=$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

# The C++ library of the system is preferred, because drivers of the system are made for it.
loads() { LD_LIBRARY_PATH=$libraries "$node" -e 'require(process.argv[1])' "$addon" 2>/dev/null; }
loads || libraries=$here/lib/gcc:$libraries

# True if a GPU answers through the driver file $1 (empty: the loader's own search) with the library folder $2.
answers() {
  if [ -n "$1" ]; then VK_DRIVER_FILES=$1; export VK_DRIVER_FILES; else unset VK_DRIVER_FILES; fi
  adapters=$(LD_LIBRARY_PATH=$libraries${2:+:$2} "$node" "$here/app/dist/cli/probe.js" 2>/dev/null)
  case $adapters in
    *'"software":false'*) libraries=$libraries${2:+:$2} ;;
    *) return 1 ;;
  esac
}

find_driver() {
  answers '' '' && return
  for file in /usr/local/nvidia/share/vulkan/icd.d/*.json /run/opengl-driver/share/vulkan/icd.d/*.json; do
    root=${file%/share/vulkan/icd.d/*}
    if [ -e "$file" ]; then answers "$file" "$root/lib64:$root/lib" && return; fi
  done
  # Named without a folder, a library is found where ldconfig or LD_LIBRARY_PATH knows it.
  for folder in '' /usr/lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu/nvidia/current /usr/lib64 \
    /usr/lib64/nvidia /usr/lib/nvidia /usr/local/nvidia/lib64 /usr/local/nvidia/lib \
    /run/opengl-driver/lib /.singularity.d/libs; do
    for library in libGLX_nvidia.so.0 libEGL_nvidia.so.0; do
      if [ -z "$folder" ] || [ -e "$folder/$library" ]; then
        answers "$here/driver/$library.json" "$folder" && return
      fi
    done
  done
  unset VK_DRIVER_FILES
  echo 'run.sh: there is an NVIDIA GPU, but no Vulkan driver of it was found; see README.txt, "Driver"' >&2
}

if [ -n "${VK_DRIVER_FILES-}${VK_ICD_FILENAMES-}${MEANFIELD_SOFTWARE-}" ]; then
  : # The driver is named by hand.
elif [ -e /proc/driver/nvidia/version ] || [ -e /dev/nvidiactl ]; then
  case ${1-} in
    '' | -* | help | schema | validate) ;;
    *) find_driver ;;
  esac
fi
LD_LIBRARY_PATH=$libraries
export LD_LIBRARY_PATH
if [ "${1-}" = peers ]; then
  shift
  exec "$node" "$here/app/bench/peers/run.js" "$@"
fi
exec "$node" "$here/app/bin/meanfield.js" "$@"
