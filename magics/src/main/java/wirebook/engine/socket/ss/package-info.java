/** The table of sockets: read from the system, chosen by ss's filters, written as ss writes it. */
@NullMarked
package wirebook.engine.socket.ss;

import org.jspecify.annotations.NullMarked;
