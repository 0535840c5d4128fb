#!/usr/bin/env bash
# Scans or checks, writes the files of the later steps and the summary. Findings and missing data do not fail this step: the last step
# does, when everything is uploaded. Anything else fails here: there is nothing to upload.
set -euo pipefail
out="$RUNNER_TEMP/rolehop-report"
rm -rf "$out"
mkdir -m 700 "$out"
arguments=(--fail-on "$FAIL_ON" -f table -f "sarif=$out/rolehop.sarif" -f "markdown=$out/rolehop.md")
if [ -n "$CONFIG" ]; then arguments+=(--config "$CONFIG"); fi
if [ -n "${BASELINE:-}" ]; then arguments+=(--baseline "$BASELINE"); fi
code=0
if [ -n "$SNAPSHOT" ]; then
  rolehop check --snapshot "$SNAPSHOT" "${arguments[@]}" || code=$?
else
  if [ -n "$ROLE_NAME" ]; then arguments+=(--role-name "$ROLE_NAME"); fi
  # not on the command line, where other processes would see it
  if [ -n "$EXTERNAL_ID" ]; then export ROLEHOP_EXTERNAL_ID="$EXTERNAL_ID"; fi
  rolehop scan --snapshot "$RUNNER_TEMP/rolehop-snapshot" "${arguments[@]}" || code=$?
fi
echo "exit-code=$code" >>"$GITHUB_OUTPUT"
case $code in
0 | 3 | 4 | 5) ;;
*) exit "$code" ;;
esac
if [ -s "$out/rolehop.sarif" ]; then echo "sarif=$out/rolehop.sarif" >>"$GITHUB_OUTPUT"; fi
if [ -s "$out/rolehop.md" ]; then
  echo "markdown=$out/rolehop.md" >>"$GITHUB_OUTPUT"
  cat "$out/rolehop.md" >>"$GITHUB_STEP_SUMMARY"
fi
