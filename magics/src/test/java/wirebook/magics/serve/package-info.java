@NullMarked
package wirebook.magics.serve;

import org.jspecify.annotations.NullMarked;
