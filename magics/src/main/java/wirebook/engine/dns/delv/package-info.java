/** BIND's delv: looks a name up at a resolver, and checks the answer itself. */
@NullMarked
package wirebook.engine.dns.delv;

import org.jspecify.annotations.NullMarked;
