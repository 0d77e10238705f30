/**
 * What one finds who logs in to a host of the lab: a small shell, files in memory, and the host's
 * own view of the network. Nothing here touches the machine's files or starts its programs.
 */
@NullMarked
package wirebook.internet.host;

import org.jspecify.annotations.NullMarked;
