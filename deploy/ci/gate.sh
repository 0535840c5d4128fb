#!/bin/sh
# rolehop as a gate in any pipeline: gate.sh [SNAPSHOT]. Scans without an argument, checks a snapshot with one. Reports go to
# $REPORTS (rolehop-reports); the exit code is rolehop's.
set -u
umask 077
reports=${REPORTS:-rolehop-reports}
mkdir -p "$reports" || exit 7
if [ $# -gt 0 ]; then set -- check --snapshot "$1"; else set -- scan --snapshot "$reports/snapshot"; fi
code=0
rolehop "$@" -f table -f "sarif=$reports/rolehop.sarif" -f "junit=$reports/rolehop.xml" -f "markdown=$reports/rolehop.md" || code=$?
case $code in
0) echo "gate: passed" ;;
3) echo "gate: findings at or above the threshold" ;;
4 | 5) echo "gate: data is missing; this is not clean (rolehop accounts --incomplete says what)" ;;
*) echo "gate: rolehop could not do its work" ;;
esac
exit "$code"
