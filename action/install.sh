#!/usr/bin/env bash
# Installs zero-drop into a folder of the runner, and puts it on the PATH of the later steps.
#
#     VERSION   a version on npm, or the path of a package; empty: packs the source of the action
set -euo pipefail

folder=$RUNNER_TEMP/zero-drop
mkdir -p "$folder"

if [[ $VERSION == *.tgz ]]; then
  package=$(realpath -- "$VERSION")
elif [[ -n $VERSION ]]; then
  package=@cloud-communal/zero-drop@$VERSION
else
  cd -- "$GITHUB_ACTION_PATH"
  export npm_config_yes=true
  npx pnpm@12 install --frozen-lockfile --filter cloud-communal --filter @cloud-communal/zero-drop
  npm pack ./loadtest --pack-destination "$folder"
  package=$(echo "$folder"/cloud-communal-zero-drop-*.tgz)
  cd - >/dev/null
fi

npm install --global --prefix "$folder" --no-audit --no-fund "$package"
echo "$folder/bin" >>"$GITHUB_PATH"
echo "installed zero-drop $("$folder/bin/zero-drop" --version)"
