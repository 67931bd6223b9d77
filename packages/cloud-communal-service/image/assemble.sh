#!/bin/sh
# assemble.sh ROOT PACKAGES EPOCH: completes ROOT, which has the deployed service in ROOT/app, to the root folder of the
# image. The build stage of the Dockerfile calls it. PACKAGES is the output of `pnpm sbom`. EPOCH becomes the time of
# every file, in seconds since 1970.
set -eu
root=$1 packages=$2 epoch=$3
here=$(dirname "$0")

# Copies Node and its shared libraries, each under its own path, with links resolved.
mkdir -p "$root/usr/local/bin" "$root/etc" "$root/tmp"
node=$(command -v node)
cp -L "$node" "$root/usr/local/bin/node"
libraries=$(ldd "$node" | awk '$2 == "=>" { print $3 } $1 ~ /^\// { print $1 }')
for library in $libraries; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

# Image scanners read os-release to learn the Debian version of the libraries. Lookups in /etc/passwd find the image's
# user.
cp -L /etc/os-release "$root/etc/os-release"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
printf 'root:x:0:0:root:/:/sbin/nologin\nnode:x:1000:1000:node:/app:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\nnode:x:1000:\nnogroup:x:65534:\n' >"$root/etc/group"

# Deletes pnpm's own state, which contains the build time, and files that Node does not load: types, source maps,
# sources.
find "$root/app" -name '.modules.yaml' -delete -o -name '.pnpm-workspace-state*.json' -delete -o -name 'pnpm-*.yaml' -delete
find "$root/app/node_modules" -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -name '*.ts' \
  -o -iname 'readme*' -o -iname 'changelog*' -o -iname 'history.md' -o -name '.tsbuildinfo*' \) -delete

owners=$(for library in $libraries; do dpkg-query -S "$library" "/usr$library" "$(readlink -f "$library")" 2>/dev/null || true; done | sed 's/: .*//' | sort -u)
# shellcheck disable=SC2086 # one argument for each package
dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' $owners >/tmp/debian-packages
"$node" "$here/sbom.mjs" "$root/app" "$packages" /tmp/debian-packages >"$root/sbom.cdx.json"

# The same modes and times for every user, umask and build time.
chmod -R u=rwX,go=rX "$root"
chmod 1777 "$root/tmp"
find "$root" -exec touch -h -d "@$epoch" {} +
