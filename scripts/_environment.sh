# Makes the project's own Python environment, with nothing at hand but Python 3.11 or newer.
# Sourced by the other scripts: `repository` must be set. Sets `environment_python`.
#
#   CONNECTOME_PYTHON  the Python to make it with (otherwise the first new enough on the PATH)
#   CONNECTOME_VENV    where to keep it (otherwise .venv in the repository)

environment_folder=${CONNECTOME_VENV:-$repository/.venv}
environment_python=$environment_folder/bin/python
environment_lock=$environment_folder.lock

fail() {
    printf 'connectome: %s\n' "$*" >&2
    exit 1
}

# What an environment was made from: when it differs, the environment is brought up to date.
environment_state() {
    printf '%s %s' "$repository" "$(cksum <"$repository/pyproject.toml")"
}

is_current() { # is_current EXTRA
    [ -x "$environment_python" ] && [ -f "$environment_folder/made-for-$1" ] &&
        [ "$(cat "$environment_folder/made-for-$1")" = "$(environment_state)" ]
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    if [ -n "${CONNECTOME_PYTHON:-}" ]; then
        is_new_enough "$CONNECTOME_PYTHON" || fail "CONNECTOME_PYTHON is not Python 3.11 or newer: $CONNECTOME_PYTHON"
        printf '%s' "$CONNECTOME_PYTHON"
        return
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$candidate" >/dev/null 2>&1 && is_new_enough "$candidate"; then
            printf '%s' "$candidate"
            return
        fi
    done
    found=$(python3 --version 2>&1) || found='no python3'
    fail "needs Python 3.11 or newer, found $found; install one, or name it in CONNECTOME_PYTHON"
}

# Debian's python3 has no pip to put into an environment unless python3-venv is installed; then
# the system's own pip can still fill an environment made without one.
make_environment() { # make_environment PYTHON
    "$1" -m venv --clear "$environment_folder" >/dev/null 2>&1 && return
    if "$1" -m pip --version >/dev/null 2>&1 && "$1" -m venv --clear --without-pip "$environment_folder" 2>/dev/null; then
        return
    fi
    rm -rf "$environment_folder"
    fail "$("$1" --version) cannot make environments here (on Debian and Ubuntu: apt install python3-venv)," \
        "or $environment_folder cannot be written (name another place in CONNECTOME_VENV)"
}

install_into_environment() { # install_into_environment PYTHON WHAT
    if "$environment_python" -m pip --version >/dev/null 2>&1; then
        set -- "$environment_python" "$2" -m pip
    else
        set -- "$1" "$2" -m pip --python "$environment_python"
    fi
    pip_python=$1 what=$2
    shift 2
    "$pip_python" "$@" install --quiet --disable-pip-version-check --editable "$what" >&2
}

# Two scripts that start at once must not both make it: the second waits for the first.
lock_environment() {
    mkdir -p "$(dirname "$environment_lock")" 2>/dev/null || true
    waited=0
    until mkdir "$environment_lock" 2>/dev/null; do
        [ -d "$environment_lock" ] || fail "cannot write $environment_folder (name another place in CONNECTOME_VENV)"
        owner=$(cat "$environment_lock/pid" 2>/dev/null || true)
        if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
            rm -rf "$environment_lock"
            continue
        fi
        waited=$((waited + 1))
        [ "$waited" -lt 600 ] || fail "another script holds $environment_lock; remove that folder if none is running"
        sleep 1
    done
    echo $$ >"$environment_lock/pid"
    trap 'rm -rf "$environment_lock"' EXIT
    trap 'exit 130' INT TERM HUP
}

ensure_environment() { # ensure_environment run|dev
    is_current "$1" && return
    [ "$1" = run ] && is_current dev && return
    lock_environment
    if ! is_current "$1"; then
        base_python=$(find_python) || exit 1
        [ -x "$environment_python" ] && is_new_enough "$environment_python" || {
            echo "connectome: making its own Python environment in $environment_folder (once, about a minute) …" >&2
            make_environment "$base_python"
        }
        rm -f "$environment_folder"/made-for-*
        case $1 in
        dev) what="$repository[dev]" ;;
        *) what=$repository ;;
        esac
        install_into_environment "$base_python" "$what" ||
            fail "the packages named in pyproject.toml could not be installed (see above); is the network there?"
        environment_state >"$environment_folder/made-for-$1"
    fi
    rm -rf "$environment_lock"
    trap - EXIT INT TERM HUP
}
