#!/bin/sh
# What an administrator does with the package, inside a Debian of its own: see `.ci/package_trial`.
# Usage: trial.sh OLD.deb NEW.deb. Where systemd runs it is the one that starts the service, else this does.
set -eu

old=$1 new=$2
configuration=/etc/wirewatch/config.toml database=/var/lib/wirewatch/wirewatch.db
export DEBIAN_FRONTEND=noninteractive
daemon=

has_systemd() { [ -d /run/systemd/system ]; }
step() { echo "trial: $*"; }
fail() { echo "trial: FAILED: $*"; if has_systemd; then journalctl --no-pager -u wirewatch -u wirewatch-backup | tail -n 40; fi; exit 1; }
as_service() { setpriv --reuid=wirewatch --regid=wirewatch --init-groups "$@"; }
owned() { [ "$(stat -c '%U:%G %a' "$1")" = "$2" ] || fail "$1 is $(stat -c '%U:%G %a' "$1"), not $2"; }
works() { [ -e "$database" ] && wirewatch status --json | grep -q '"running": *true'; }

until_it() {
    for _ in $(seq 300); do "$@" && return; sleep 0.1; done
    fail "never: $*"
}

begin() {
    if has_systemd; then until_it works; return; fi
    setpriv --reuid=wirewatch --regid=wirewatch --init-groups wirewatch run --config "$configuration" >/var/log/wirewatch-trial 2>&1 &
    daemon=$!
    until_it works
}

end() {
    if has_systemd; then systemctl stop wirewatch; return; fi
    kill -TERM "$daemon"
    wait "$daemon" || fail "the daemon ended with $?"
}

stands() { id wirewatch >/dev/null 2>&1; }
main_process() { systemctl show -p MainPID --value wirewatch; }

step "install"
dpkg -i "$old" >/dev/null
stands || fail "no user"
owned /etc/wirewatch "root:wirewatch 750"
owned "$configuration" "root:wirewatch 640"
owned /var/lib/wirewatch "wirewatch:wirewatch 700"
[ "$(getent passwd wirewatch | cut -d: -f6,7)" = /var/lib/wirewatch:/usr/sbin/nologin ] || fail "the user can log in"
as_service wirewatch check || fail "the configuration that is installed has errors"
bash -n /usr/share/bash-completion/completions/wirewatch
for page in wirewatch wirewatch-backup wirewatch-restore; do
    [ -s "/usr/share/man/man1/$page.1.gz" ] || [ -n "${WITHOUT_PAGES:-}" ] || fail "no man page $page"
done

step "start"
begin
owned "$database" "wirewatch:wirewatch 600"
if has_systemd; then
    systemctl is-active --quiet wirewatch || fail "the service does not run"
    systemctl is-enabled --quiet wirewatch || fail "the service does not start with the machine"
    ! systemctl is-enabled --quiet wirewatch-backup.timer || fail "nobody asked for copies"
    grep -q '^Seccomp:[[:space:]]*2' "/proc/$(main_process)/status" || fail "no filter of system calls"
fi

step "configure"
cat >>"$configuration" <<'END'
[[feed]]
name = "mine"
url = "http://127.0.0.1:9/feed.xml"
[web]
listen = "unix:/var/lib/wirewatch/web.sock"
END
if has_systemd; then
    systemctl reload wirewatch
    until_it sh -c 'wirewatch feeds --json | grep -q mine'
    systemctl start wirewatch-backup.service || fail "no copy was made"
    [ "$(ls /var/lib/wirewatch/backups/*.db | wc -l)" = 1 ] || fail "no copy lies in the folder"
    systemctl enable --now --quiet wirewatch-backup.timer
    before=$(main_process)
else
    end
    begin
fi
written=$(sha256sum "$configuration")

step "upgrade"
dpkg -i "$new" >/dev/null
[ "$(sha256sum "$configuration")" = "$written" ] || fail "the upgrade changed the configuration"
if has_systemd; then
    until_it works
    [ "$(main_process)" != "$before" ] || fail "the old program runs on"
    systemctl is-enabled --quiet wirewatch-backup.timer || fail "the timer was lost"
else
    end
    begin
fi
owned "$configuration" "root:wirewatch 640"
wirewatch feeds --json | grep -q mine || fail "the feed was lost"
wirewatch verify >/dev/null || fail "the database is not sound"
end

step "remove"
if has_systemd; then systemctl start wirewatch; fi
dpkg -r wirewatch >/dev/null
[ ! -e /usr/bin/wirewatch ] && [ -e "$configuration" ] && [ -e "$database" ] || fail "remove"
if has_systemd; then ! systemctl is-active --quiet wirewatch || fail "it runs on without its program"; fi

step "install again"
dpkg -i "$new" >/dev/null
begin
[ "$(sha256sum "$configuration")" = "$written" ] || fail "the configuration was lost"
wirewatch feeds --json | grep -q mine || fail "the feed was lost"
end

step "purge, which keeps the data"
dpkg -P wirewatch | grep -q "kept /var/lib/wirewatch" || fail "purge does not say what it kept"
[ ! -e "$configuration" ] && [ -e "$database" ] || fail "purge"

step "install once more, and purge with the data"
dpkg -i "$new" >/dev/null
begin
[ "$(stat -c %U "$database")" = wirewatch ] || fail "the database has another owner"
end
touch /var/lib/wirewatch/remove-on-purge
dpkg -P wirewatch >/dev/null
[ ! -e /var/lib/wirewatch ] && [ ! -e /etc/wirewatch ] || fail "something is left"
! stands || fail "the user is left"

step "passed"
