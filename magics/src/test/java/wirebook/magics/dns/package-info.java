@NullMarked
package wirebook.magics.dns;

import org.jspecify.annotations.NullMarked;
