@NullMarked
package wirebook.magics.shell;

import org.jspecify.annotations.NullMarked;
