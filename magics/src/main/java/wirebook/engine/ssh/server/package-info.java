/**
 * An SSH server on Apache MINA SSHD: who may log in, what is logged, and what runs in a session is
 * the {@link wirebook.engine.ssh.server.SshHost}'s; it never starts a program of the machine.
 */
@NullMarked
package wirebook.engine.ssh.server;

import org.jspecify.annotations.NullMarked;
