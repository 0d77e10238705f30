/** Traces and values as text, HTML and SVG. Pure: nothing here measures, asks or waits. */
@NullMarked
package wirebook.render;

import org.jspecify.annotations.NullMarked;
