package wirebook.engine.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.keyboard.InteractiveChallenge;
import org.apache.sshd.server.auth.keyboard.KeyboardInteractiveAuthenticator;
import org.apache.sshd.server.auth.keyboard.PromptEntry;
import org.apache.sshd.server.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.server.session.ServerSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.ssh.RealSshd.Run;
import wirebook.engine.ssh.client.SshEnvironment;
import wirebook.engine.ssh.client.SshTool;
import wirebook.engine.ssh.config.LocalHost;
import wirebook.net.RealNetwork;

/** Passwords and questions reach the person in front, and what is typed reaches only the server. */
class SshPasswordTest {
  private static final String SECRET = "correct horse";

  @TempDir Path folder;
  private SshServer server;

  @BeforeEach
  void start() throws Exception {
    server = SshServer.setUpDefaultServer();
    server.setHost("127.0.0.1");
    server.setKeyPairProvider(
        KeyPairProvider.wrap(KeyUtils.generateKeyPair("ecdsa-sha2-nistp256", 256)));
    server.setPasswordAuthenticator((user, password, session) -> password.equals(SECRET));
    server.setUserAuthFactories(List.of(UserAuthPasswordFactory.INSTANCE));
    server.setCommandFactory(
        (channel, command) -> {
          throw new java.io.IOException("no commands here");
        });
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    server.stop(true);
  }

  private void interactive() {
    server.setUserAuthFactories(List.of(UserAuthKeyboardInteractiveFactory.INSTANCE));
    server.setKeyboardInteractiveAuthenticator(
        new KeyboardInteractiveAuthenticator() {
          @Override
          public InteractiveChallenge generateChallenge(
              ServerSession session, String user, String language, String methods) {
            InteractiveChallenge challenge = new InteractiveChallenge();
            challenge.setInteractionName("Two things");
            challenge.setInteractionInstruction("");
            challenge.addPrompt(new PromptEntry("Colour: ", true));
            challenge.addPrompt(new PromptEntry("Word: ", false));
            return challenge;
          }

          @Override
          public boolean authenticate(ServerSession session, String user, List<String> answers) {
            return answers.equals(List.of("blue", SECRET));
          }
        });
  }

  private List<String> words(String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "-F",
                "none",
                "-oStrictHostKeyChecking=no",
                "-oUserKnownHostsFile=/dev/null",
                "-oIdentityFile=none",
                "-oLogLevel=ERROR",
                "-p" + server.getPort()));
    words.addAll(List.of(more));
    words.addAll(List.of("-W", "127.0.0.1:" + server.getPort(), "ada@127.0.0.1"));
    return words;
  }

  private Run run(List<String> answers, String... more) throws InterruptedException {
    return RealSshd.run(folder, answers, "", words(more));
  }

  /** Where the login succeeded, the server refuses the forwarding. */
  private static final String IN = "channel 0: open failed: ";

  private static final String PROMPT = "ada@127.0.0.1's password: ";
  private static final String AGAIN = "Permission denied, please try again.\n";

  @Test
  void theThirdAnswerIsTheLast() throws Exception {
    assertThat(run(List.of("a", "b", SECRET)).err())
        .startsWith(PROMPT + AGAIN + PROMPT + AGAIN + PROMPT)
        .contains(IN);
    Run never = run(List.of("a", "b", "c", SECRET));
    assertThat(never.exit()).isEqualTo(255);
    assertThat(never.err())
        .isEqualTo(
            PROMPT + (AGAIN + PROMPT).repeat(2) + "ada@127.0.0.1: Permission denied (password).\n");
  }

  @Test
  void theNumberOfPromptsIsConfigured() throws Exception {
    assertThat(run(List.of("a", SECRET), "-oNumberOfPasswordPrompts=1").err())
        .isEqualTo(PROMPT + "ada@127.0.0.1: Permission denied (password).\n");
  }

  @Test
  void aBatchIsNotAsked() throws Exception {
    assertThat(run(List.of(SECRET), "-oBatchMode=yes").err())
        .isEqualTo("ada@127.0.0.1: Permission denied (password).\n");
  }

  @Test
  void theServersOwnQuestionsAreAsked() throws Exception {
    interactive();
    assertThat(run(List.of("blue", SECRET)).err())
        .startsWith("(ada@127.0.0.1) Colour: (ada@127.0.0.1) Word: ")
        .contains(IN);
    assertThat(run(List.of("red", "x", "blue", "y", "z", "z")).err())
        .endsWith("ada@127.0.0.1: Permission denied (keyboard-interactive).\n");
  }

  @Test
  void whatIsTypedIsShownNowhere() throws Exception {
    Run password = run(List.of(SECRET), "-vvv");
    interactive();
    Run answers = run(List.of("blue", SECRET), "-vvv");
    for (Run run : List.of(password, answers)) {
      assertThat(run.err()).contains("Authenticated to 127.0.0.1");
      assertThat(run.out() + run.err() + run.result() + run.result().sessions())
          .doesNotContain(SECRET);
      assertThat(run.result().sessions().getFirst().steps())
          .noneMatch(step -> step.toString().contains(SECRET));
    }
  }

  @Test
  void aStopInThePromptEndsTheCommand() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CompletableFuture<String> end = new CompletableFuture<>();
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    SshTool.run(
                        new SshEnvironment(
                            new ByteArrayOutputStream(),
                            new ByteArrayOutputStream(),
                            InputStream.nullInputStream(),
                            LocalHost.here(folder, Map.of("PATH", "/usr/bin:/bin")),
                            new RealNetwork(),
                            true,
                            false,
                            (prompt, echo) -> {
                              asked.countDown();
                              new CountDownLatch(1).await();
                              return Optional.empty();
                            },
                            () -> {}),
                        words());
                    end.complete("returned");
                  } catch (InterruptedException e) {
                    end.complete("stopped");
                  }
                });
    assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
    thread.interrupt();
    assertThat(end.get(10, TimeUnit.SECONDS)).isEqualTo("stopped");
  }
}
