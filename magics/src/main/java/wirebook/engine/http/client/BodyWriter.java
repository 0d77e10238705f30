package wirebook.engine.http.client;

import wirebook.engine.http.HttpFailure;

/** A step on the way of the body from the wire to the sink. */
interface BodyWriter {
  void write(byte[] bytes, int offset, int length, boolean eos) throws HttpFailure;
}
