#!/usr/bin/env bash
# Keeps one comment on the pull request: found by a hidden mark that a bot wrote, changed if there is one, else made.
set -euo pipefail
if ! [[ $NUMBER =~ ^[0-9]+$ ]]; then
  echo "::error::\`$NUMBER\` is no number of a pull request" >&2
  exit 2
fi
body="$RUNNER_TEMP/rolehop-comment.md"
{ echo '<!-- rolehop -->' && cat "$MARKDOWN"; } >"$body"
# somebody else may write the mark, to have a comment of theirs changed
mine='.[] | select(.user.type == "Bot" and (.body | startswith("<!-- rolehop -->"))) | .id'
comment() {
  local ids id
  ids=$(gh api --paginate "repos/$REPOSITORY/issues/$NUMBER/comments" --jq "$mine") || return
  id=${ids%%$'\n'*}
  if [ -n "$id" ]; then
    gh api --silent --method PATCH "repos/$REPOSITORY/issues/comments/$id" -F "body=@$body"
  else
    gh api --silent --method POST "repos/$REPOSITORY/issues/$NUMBER/comments" -F "body=@$body"
  fi
}
# the token of a fork's pull request may only read
comment || echo "::warning::the comment was not written: does the job have \`pull-requests: write\`? The summary has the same text."
