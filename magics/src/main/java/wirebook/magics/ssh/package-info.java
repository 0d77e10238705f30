/** The programs of OpenSSH. */
@NullMarked
package wirebook.magics.ssh;

import org.jspecify.annotations.NullMarked;
