@NullMarked
package wirebook.engine.socket.ip;

import org.jspecify.annotations.NullMarked;
