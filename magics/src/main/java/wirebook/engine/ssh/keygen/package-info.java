/** What makes, shows, changes and carries keys: ssh-keygen, ssh-keyscan and ssh-copy-id. */
@NullMarked
package wirebook.engine.ssh.keygen;

import org.jspecify.annotations.NullMarked;
