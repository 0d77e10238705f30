/**
 * {@code %venv}: Python environments that a cell makes, fills and runs programs in. What an
 * environment is, is read from the disk by {@link wirebook.engine.python}.
 */
@NullMarked
package wirebook.magics.venv;

import org.jspecify.annotations.NullMarked;
