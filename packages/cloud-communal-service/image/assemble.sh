#!/bin/sh
# assemble.sh ROOT PACKAGES EPOCH: makes of ROOT, which has the deployed service in ROOT/app, the whole root of the image. For the
# build stage of the Dockerfile. PACKAGES is what `pnpm sbom` says; EPOCH becomes the time of every file, in seconds since 1970.
set -eu
root=$1 packages=$2 epoch=$3
here=$(dirname "$0")

# Node, and what it is linked with: each library under its own path, links resolved.
mkdir -p "$root/usr/local/bin" "$root/etc" "$root/tmp"
node=$(command -v node)
cp -L "$node" "$root/usr/local/bin/node"
libraries=$(ldd "$node" | awk '$2 == "=>" { print $3 } $1 ~ /^\// { print $1 }')
for library in $libraries; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

# Who scans the image learns from os-release which Debian the libraries are of. `getent`-style look-ups find the user of the Dockerfile.
cp -L /etc/os-release "$root/etc/os-release"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
printf 'root:x:0:0:root:/:/sbin/nologin\nnode:x:1000:1000:node:/app:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\nnode:x:1000:\nnogroup:x:65534:\n' >"$root/etc/group"

# What pnpm notes for its next run, with the time of this one; and what nothing loads: types, source maps, other people's sources.
find "$root/app" -name '.modules.yaml' -delete -o -name '.pnpm-workspace-state*.json' -delete -o -name 'pnpm-*.yaml' -delete
find "$root/app/node_modules" -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -name '*.ts' \
  -o -iname 'readme*' -o -iname 'changelog*' -o -iname 'history.md' -o -name '.tsbuildinfo*' \) -delete

owners=$(for library in $libraries; do dpkg-query -S "$library" "/usr$library" "$(readlink -f "$library")" 2>/dev/null || true; done | sed 's/: .*//' | sort -u)
# shellcheck disable=SC2086 # one argument for each package
dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' $owners >/tmp/debian-packages
"$node" "$here/sbom.mjs" "$root/app" "$packages" /tmp/debian-packages >"$root/sbom.cdx.json"

# The same for whatever user it will be, and whatever umask and hour it was built under.
chmod -R u=rwX,go=rX "$root"
chmod 1777 "$root/tmp"
find "$root" -exec touch -h -d "@$epoch" {} +
