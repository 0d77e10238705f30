#!/bin/sh
# A tool that shows or uses the machine's own network, and not the lab's: says what is the lab's. Where no lab is in use,
# it is the machine's.
name=${0##*/}
real=
IFS=:
for folder in $PATH /usr/sbin /sbin; do
  # Beside a lab's commands lies this file, that of another session too.
  if [ -x "$folder/$name" ] && [ ! -f "$folder/../machine" ]; then real=$folder/$name; break; fi
done
unset IFS
machine() {
  [ -z "$real" ] || exec "$real" "$@"
  echo "$name: command not found" >&2
  exit 127
}
# The lab's way in has it, and nobody else so.
[ "${RES_OPTIONS-}" = attempts:0 ] || machine "$@"
case $name in
  ifconfig) lab='ip addr' ;;
  route) lab='ip route' ;;
  arp) lab='ip neigh' ;;
  netstat) lab='ss -tlnp, and ip route for its -r' ;;
  telnet | netcat | ncat) lab='nc HOST PORT' ;;
  tracepath) lab='traceroute HOST' ;;
  tcpdump | tshark)
    for word; do
      # It reads a file.
      case $word in -r* | -[nvXAeqxtS]*r) machine "$@" ;; esac
    done
    lab='%wire on and %wire show, in a cell' ;;
  hostname)
    case " $* " in
      *' -'[iI]' '* | *' --ip-address '* | *' --all-ip-addresses '*) lab='ip -brief addr' ;;
      *) machine "$@" ;;
    esac ;;
  getent)
    case ${1-} in
      *hosts*) lab="%resolve ${2:-NAME}, in a cell" ;;
      *) machine "$@" ;;
    esac ;;
  resolvectl | systemd-resolve | avahi-resolve*) lab='%resolve NAME, in a cell' ;;
  nsupdate | knsupdate) lab='%%zone, in a cell: change it there and run it again' ;;
  drill | kdig | khost | unbound-host | dog | doggo)
    for word; do
      # Somebody's own server on this machine.
      case $word in @127.* | @localhost | @::1) machine "$@" ;; esac
    done
    lab='dig NAME' ;;
esac
echo "$name: this would be the machine's network, and not the lab's. The lab has: $lab${real:+
  (the machine's own is $real)}" >&2
exit 1
