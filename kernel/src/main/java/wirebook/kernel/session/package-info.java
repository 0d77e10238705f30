/** What a kernel does with its requests, over an abstract transport and an abstract interpreter. */
@NullMarked
package wirebook.kernel.session;

import org.jspecify.annotations.NullMarked;
