/**
 * What happened on the wire, as data: an engine writes a {@link wirebook.trace.Trace}, everything
 * else only reads it.
 */
@NullMarked
package wirebook.trace;

import org.jspecify.annotations.NullMarked;
