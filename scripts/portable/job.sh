#!/bin/sh
# One job for a GPU machine: the speed of every kernel and the same step in other programs, as tables and figures.
#
#   ./job.sh [FOLDER]      results in FOLDER, default ./results
case $0 in
  */*) here=${0%/*} ;;
  *) here=. ;;
esac
folder=${1:-results}
case $("$here/run.sh" devices --json) in
  *'"software": false'* | *'"software":false'*) ;;
  *)
    echo 'job.sh: no GPU answers; see README.txt, "Driver"' >&2
    exit 3
    ;;
esac
"$here/run.sh" bench --out "$folder" || exit
"$here/run.sh" peers --out "$folder" || exit
"$here/run.sh" bench --report "$folder"/*.json
