/** Commands that ask HTTP servers: curl, and requests as a text. */
@NullMarked
package wirebook.magics.http;

import org.jspecify.annotations.NullMarked;
