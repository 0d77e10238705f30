/**
 * Forms of data that more than one part of Wirebook reads and writes, each of them once. Nothing
 * here opens a socket or a file, and nothing here knows who uses it.
 */
@NullMarked
package wirebook.codec;

import org.jspecify.annotations.NullMarked;
