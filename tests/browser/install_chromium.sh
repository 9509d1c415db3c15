#!/bin/sh
# Installs Debian's Chromium for the browser tests where that may be done; elsewhere says how.
set -eu
if command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing Chromium for the browser tests …"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq > /dev/null
  apt-get install -y -qq --no-install-recommends chromium > /dev/null
else
  echo "The browser tests need Chromium. On Debian: sudo apt install chromium. On macOS: brew install --cask chromium." >&2
  exit 1
fi
