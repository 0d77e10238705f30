@NullMarked
package wirebook.engine.socket;

import org.jspecify.annotations.NullMarked;
