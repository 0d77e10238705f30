package wirebook.engine.socket.calls;

/** The same over the JDK's channels. */
class ChannelCallsTest extends SystemCallsTest {
  @Override
  SocketLayer layer() {
    return new ChannelLayer();
  }
}
