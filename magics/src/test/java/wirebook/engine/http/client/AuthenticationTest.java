package wirebook.engine.http.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import wirebook.engine.http.HttpFailure;

class AuthenticationTest {
  private static final Optional<Creds> ANN =
      Optional.of(new Creds("ann", "secret", "", Creds.Source.OPTION));

  private final List<String> told = new ArrayList<>();
  private final CallOptions options = new CallOptions();

  private static Route route(Optional<Route.Proxy> proxy) {
    return new Route(
        "http",
        "a.example",
        80,
        Optional.empty(),
        proxy,
        false,
        Optional.empty(),
        Optional.empty());
  }

  private static Authentication.Said say(
      Authentication authentication, RequestKind kind, Optional<Creds> creds, Route route)
      throws HttpFailure {
    return authentication.authorize(
        new Authentication.Asking(kind.name(), kind, "/p", creds, true, route, false),
        c -> "signed by " + c.user());
  }

  @Test
  void aPostWaitsWithItsBodyForTheChallengeAndAnswersIt() throws HttpFailure {
    options.auth = CallOptions.AUTH_DIGEST;
    Authentication authentication = new Authentication(options, told::add);
    Route direct = route(Optional.empty());
    assertThat(say(authentication, RequestKind.POST, ANN, direct))
        .isEqualTo(new Authentication.Said("", true));
    authentication.challenge(false, "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"");
    assertThat(authentication.again(401, true, ANN, Optional.empty())).isTrue();
    Authentication.Said said = say(authentication, RequestKind.POST, ANN, direct);
    assertThat(said.lines())
        .startsWith("Authorization: Digest username=\"ann\"")
        .contains("uri=\"/p\"");
    assertThat(said.onlyToHear()).isFalse();
    assertThat(told).contains("Server auth using Digest with user 'ann'");
  }

  @Test
  void whatIsRefusedOnceIsNotTriedAgain() throws HttpFailure {
    Authentication authentication = new Authentication(options, told::add);
    assertThat(say(authentication, RequestKind.GET, ANN, route(Optional.empty())).lines())
        .isEqualTo("Authorization: Basic YW5uOnNlY3JldA==\r\n");
    authentication.challenge(false, "Basic realm=\"r\"");
    assertThat(authentication.again(401, false, ANN, Optional.empty())).isFalse();
    assertThat(authentication.problem()).isTrue();
  }

  @Test
  void aProxyThatForwardsIsToldWhoAsks() throws HttpFailure {
    Route.Proxy proxy =
        new Route.Proxy("http", "p.example", 3128, Optional.of(new Route.Credentials("bob", "pw")));
    assertThat(
            say(
                    new Authentication(options, told::add),
                    RequestKind.GET,
                    Optional.empty(),
                    route(Optional.of(proxy)))
                .lines())
        .isEqualTo("Proxy-Authorization: Basic Ym9iOnB3\r\n");
  }

  @Test
  void aRequestForAwsIsSigned() throws HttpFailure {
    options.auth = CallOptions.AUTH_AWS;
    assertThat(
            say(
                    new Authentication(options, told::add),
                    RequestKind.GET,
                    ANN,
                    route(Optional.empty()))
                .lines())
        .isEqualTo("signed by ann");
  }
}
