package wirebook.engine.socket.calls;

/** The same over the JDK's channels. */
class ChannelCallsFuzzTest extends SystemCallsFuzzTest {
  @Override
  SocketLayer layer() {
    return new ChannelLayer();
  }
}
