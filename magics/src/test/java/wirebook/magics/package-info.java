@NullMarked
package wirebook.magics;

import org.jspecify.annotations.NullMarked;
