/** Apache MINA SSHD's client over streams of a {@link wirebook.net.Network}, and what it shows. */
@NullMarked
package wirebook.engine.ssh.transport;

import org.jspecify.annotations.NullMarked;
