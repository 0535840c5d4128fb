#!/usr/bin/env bash
# Puts rolehop on PATH: a release that is verified, the source beside this action, or what is installed.
set -euo pipefail
case $VERSION in
installed)
  rolehop --version
  exit 0
  ;;
source)
  cargo install --quiet --locked --path "$GITHUB_ACTION_PATH/../.." --root "$RUNNER_TEMP/rolehop"
  echo "$RUNNER_TEMP/rolehop/bin" >>"$GITHUB_PATH"
  exit 0
  ;;
esac
if ! [[ $VERSION =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
  echo "::error::version is a release such as 0.1.0, \`source\` or \`installed\`" >&2
  exit 2
fi
case $(uname -s)-$(uname -m) in
Linux-x86_64) target=x86_64-unknown-linux-musl ;;
Linux-aarch64) target=aarch64-unknown-linux-musl ;;
Darwin-x86_64) target=x86_64-apple-darwin ;;
Darwin-arm64) target=aarch64-apple-darwin ;;
*)
  echo "::error::there is no release for this machine; use version: source" >&2
  exit 2
  ;;
esac
name="rolehop-$VERSION-$target"
dir="$RUNNER_TEMP/rolehop"
mkdir -p "$dir"
cd "$dir"
gh release download "v$VERSION" --repo "$REPOSITORY" --pattern "$name.tar.gz" --clobber
# made by the workflow of that repository, not put there by somebody
gh attestation verify "$name.tar.gz" --repo "$REPOSITORY"
tar -xzf "$name.tar.gz"
echo "$dir/$name" >>"$GITHUB_PATH"
