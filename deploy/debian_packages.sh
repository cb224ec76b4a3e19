#!/bin/sh
# Installs Debian packages that the tests use as real peers, where that is possible; says what is left out where not.
# Names: mosquitto, postgresql, chromium, prometheus-alertmanager, libreoffice-calc-nogui, poppler-utils, nodejs, npm.
set -eu
missing=""
for name in "$@"; do
    case "$name" in
        mosquitto) command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing="$missing mosquitto" ;;
        postgresql) ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql" ;;
        chromium) command -v chromium >/dev/null || missing="$missing chromium" ;;
        prometheus-alertmanager) command -v prometheus-alertmanager >/dev/null || missing="$missing prometheus-alertmanager" ;;
        libreoffice-calc-nogui) command -v soffice >/dev/null || missing="$missing libreoffice-calc-nogui" ;;
        poppler-utils) command -v pdftoppm >/dev/null || missing="$missing poppler-utils" ;;
        nodejs) command -v node >/dev/null || missing="$missing nodejs" ;;
        npm) command -v npm >/dev/null || missing="$missing npm" ;;
    esac
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing the tests' peers from Debian:$missing..."
    export DEBIAN_FRONTEND=noninteractive
    # no service is started: each test starts its own
    if apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
        exit 0
    fi
fi
echo "Not here, and not installed (that takes root and apt-get):$missing. The tests that need them are left out."
