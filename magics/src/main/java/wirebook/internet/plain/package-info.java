/**
 * Plain Java in the lab: names through a resolver provider, connections and datagrams through three
 * places inside the JDK that all its sockets share, rewritten when they are first needed.
 */
@NullMarked
package wirebook.internet.plain;

import org.jspecify.annotations.NullMarked;
