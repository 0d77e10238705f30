/** The five ZeroMQ sockets of a kernel and the threads that own them. */
@NullMarked
package wirebook.kernel.zmq;

import org.jspecify.annotations.NullMarked;
