/** The keys that hosts are known by ({@code sshd(8)}, SSH_KNOWN_HOSTS FILE FORMAT). */
@NullMarked
package wirebook.engine.ssh.known;

import org.jspecify.annotations.NullMarked;
