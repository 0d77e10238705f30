@NullMarked
package wirebook.magics.http;

import org.jspecify.annotations.NullMarked;
