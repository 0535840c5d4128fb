#!/usr/bin/env bash
# Ends as rolehop ended, with a line that says what it means: verdict.sh CODE. For any shell, in any pipeline.
set -euo pipefail
code=${1:?exit code of rolehop}
case $code in
0) say="complete, and no finding at or above the threshold" ;;
2) say="usage, configuration or a waiver is wrong" ;;
3) say="complete, with findings at or above the threshold" ;;
4) say="INCOMPLETE: data is missing, so this is not clean; nothing was found in what was read" ;;
5) say="INCOMPLETE, and findings at or above the threshold in what was read" ;;
6) say="could not start: credentials, discovery, or no account could be read" ;;
7) say="output or snapshot could not be written" ;;
8) say="the snapshot cannot be read" ;;
130 | 143) say="interrupted" ;;
*) say="failed" ;;
esac
if [ "${GITHUB_ACTIONS:-}" = true ] && [ "$code" != 0 ]; then echo "::error title=rolehop::exit $code: $say"; else echo "rolehop: exit $code: $say"; fi
exit "$code"
