/**
 * The Secure Shell, as OpenSSH's client speaks it, on Apache MINA SSHD. Rooms: {@code config} (what
 * {@code ssh_config(5)} and the command line say), {@code known} (host keys), {@code key} (a user's
 * own keys, agents, certificates), {@code transport} (MINA's client over a network's streams),
 * {@code client} (connecting, authenticating, sessions, forwarding).
 */
@NullMarked
package wirebook.engine.ssh;

import org.jspecify.annotations.NullMarked;
