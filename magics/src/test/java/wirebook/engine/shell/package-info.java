@NullMarked
package wirebook.engine.shell;

import org.jspecify.annotations.NullMarked;
