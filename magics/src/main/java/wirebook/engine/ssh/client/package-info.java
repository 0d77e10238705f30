/** The ssh command: connecting, checking the host, authenticating, and what runs over it. */
@NullMarked
package wirebook.engine.ssh.client;

import org.jspecify.annotations.NullMarked;
