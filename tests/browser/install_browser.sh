#!/bin/sh
# Installs a browser for the tests, Debian's chromium or firefox-esr, where that may be done; elsewhere says how.
set -eu
if command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing $1 for the browser tests …"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq > /dev/null
  apt-get install -y -qq --no-install-recommends "$1" > /dev/null
else
  echo "The browser tests need $1. On Debian: sudo apt install $1. On macOS: brew install --cask ${1%-esr}." >&2
  exit 1
fi
