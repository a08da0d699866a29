// Judges files for Elasticsearch by its own classes.
// in: files as arguments; a release's jars on the class path. NAME.yml is an elasticsearch.yml; NAME.json is what
//     `apply` would ask, of which policies of lifecycles and of snapshots, anomaly jobs and their datafeeds are judged
//     whole; of watches their names, queries, actions' names and times to be quiet (what reads the rest is published nowhere)
// out: a line a file or policy: `ok NAME`, or `refused NAME: MESSAGE`; exit 1 when one was refused
// promises: nothing is started, nothing is written. Settings of modules that are published nowhere are not known here.
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.settings.SettingsModule;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.index.query.AbstractQueryBuilder;
import org.elasticsearch.license.XPackLicenseState;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.protocol.xpack.watcher.PutWatchRequest;
import org.elasticsearch.search.SearchModule;
import org.elasticsearch.xcontent.DeprecationHandler;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.ObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.XContentType;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.elasticsearch.xpack.core.ilm.DeleteAction;
import org.elasticsearch.xpack.core.ilm.ForceMergeAction;
import org.elasticsearch.xpack.core.ilm.LifecycleAction;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicy;
import org.elasticsearch.xpack.core.ilm.LifecycleType;
import org.elasticsearch.xpack.core.ilm.RolloverAction;
import org.elasticsearch.xpack.core.ilm.SetPriorityAction;
import org.elasticsearch.xpack.core.ilm.TimeseriesLifecycleType;
import org.elasticsearch.xpack.core.ml.datafeed.DatafeedConfig;
import org.elasticsearch.xpack.core.ml.job.config.Job;
import org.elasticsearch.xpack.core.watcher.actions.Action;
import org.elasticsearch.xpack.core.watcher.actions.ActionFactory;
import org.elasticsearch.xpack.core.watcher.actions.ActionRegistry;
import org.elasticsearch.xpack.core.watcher.actions.ExecutableAction;
import org.elasticsearch.xpack.core.watcher.condition.ConditionRegistry;
import org.elasticsearch.xpack.core.watcher.execution.WatchExecutionContext;
import org.elasticsearch.xpack.core.watcher.support.WatcherDateTimeUtils;
import org.elasticsearch.xpack.core.watcher.transform.TransformRegistry;
import org.elasticsearch.xpack.core.watcher.watch.Payload;
import org.elasticsearch.xpack.core.watcher.watch.WatchField;
import org.elasticsearch.xpack.core.slm.SnapshotLifecyclePolicy;

class Config {
    // The module for lifecycles, which would name these, is published nowhere.
    static final List<NamedXContentRegistry.Entry> LIFECYCLES = List.of(
        new NamedXContentRegistry.Entry(LifecycleType.class, new ParseField(TimeseriesLifecycleType.TYPE), parser -> TimeseriesLifecycleType.INSTANCE),
        new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(RolloverAction.NAME), RolloverAction::parse),
        new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(ForceMergeAction.NAME), ForceMergeAction::parse),
        new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(SetPriorityAction.NAME), SetPriorityAction::parse),
        new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(DeleteAction.NAME), DeleteAction::parse));
    // Queries are named by the node itself.
    static final XContentParserConfiguration NAMED = XContentParserConfiguration.EMPTY.withRegistry(new NamedXContentRegistry(
        Stream.concat(LIFECYCLES.stream(), new SearchModule(Settings.EMPTY, List.of()).getNamedXContents().stream()).toList()));
    static boolean refused;

    public static void main(String[] files) throws Exception {
        LogConfigurator.configureESLogging();
        for (String name : files) {
            Path file = Path.of(name);
            if (name.endsWith(".yml")) judge(name, () -> settings(file));
            else requests(file);
        }
        System.exit(refused ? 1 : 0);
    }

    interface Judged {
        void run() throws Exception;
    }

    static void judge(String name, Judged what) {
        try {
            what.run();
            System.out.println("ok " + name);
        } catch (Exception | Error told) {
            var why = new ArrayList<String>();
            for (Throwable one = told; one != null; one = one.getCause()) {
                why.add(String.valueOf(one.getMessage()).replaceAll("\\s+", " "));
                for (Throwable other : one.getSuppressed()) why.add(String.valueOf(other.getMessage()));
            }
            System.out.println("refused " + name + ": " + String.join(" <- ", why));
            refused = true;
        }
    }

    static void settings(Path file) throws Exception {
        // As a node reads it: `${NAME:value}` is put in place.
        var settings = Settings.builder().loadFromPath(file).replacePropertyPlaceholders().put("path.home", "/").build();
        var known = new ArrayList<Setting<?>>();
        for (String name : List.of("core.XPackPlugin", "security.Security")) {
            var make = Class.forName("org.elasticsearch.xpack." + name).getConstructors()[0];
            known.addAll(((Plugin) make.newInstance(settings)).getSettings());
        }
        known.addAll(((Plugin) Class.forName("org.elasticsearch.transport.netty4.Netty4Plugin").getConstructor().newInstance()).getSettings());
        new SettingsModule(settings, known, List.of());
    }

    interface Reading {
        void of(XContentParser body, String name) throws Exception;
    }

    // What each path's body is read by.
    static final Map<String, Reading> READ = Map.of(
        "/_ilm/policy/", (body, name) -> LifecyclePolicy.parse(body, name).validate(),
        "/_slm/policy/", (body, name) -> {
            var why = SnapshotLifecyclePolicy.parse(body, name).validate();
            if (why != null) throw why;
        },
        "/_ml/anomaly_detectors/", Config::job,
        "/_ml/datafeeds/", Config::datafeed,
        "/_watcher/watch/", Config::watch);

    @SuppressWarnings("unchecked")
    static void requests(Path file) throws Exception {
        var all = XContentHelper.convertToMap(JsonXContent.jsonXContent, "{\"all\":" + Files.readString(file) + "}", true);
        for (Object one : (List<Object>) all.get("all")) {
            var request = (Map<String, Object>) one;
            String path = String.valueOf(request.get("path"));
            var known = READ.entrySet().stream().filter(read -> path.startsWith(read.getKey())).findFirst();
            if (known.isEmpty() || !"PUT".equals(request.get("method"))) continue;
            judge(path, () -> {
                var said = (Map<String, Object>) request.get("body");
                var inner = path.startsWith("/_ilm/") ? (Map<String, Object>) said.get("policy") : said;
                try (var body = parser(inner)) {
                    known.get().getValue().of(body, path.substring(known.get().getKey().length()));
                }
            });
        }
    }

    static XContentParser parser(Map<String, Object> map) throws Exception {
        try (XContentBuilder body = JsonXContent.contentBuilder().map(map)) {
            return XContentType.JSON.xContent().createParser(NAMED, org.elasticsearch.common.Strings.toString(body));
        }
    }

    static void job(XContentParser body, String name) throws Exception {
        // What reads requests has had its name since 8.14.
        var names = List.of("REST_REQUEST_PARSER", "STRICT_PARSER");
        Field reads = Stream.of(Job.class.getDeclaredFields()).filter(field -> names.contains(field.getName())).findFirst().orElseThrow();
        var job = (Job.Builder) ((ObjectParser<?, Void>) reads.get(null)).apply(body, null);
        job.setId(name);
        job.validateInputFields();
        job.validateDetectorsAreUnique();
        job.validateAnalysisLimitsAndSetDefaults(ByteSizeValue.ZERO);
        job.validateModelSnapshotRetentionSettingsAndSetDefaults();
        job.build(new Date());
    }

    static void datafeed(XContentParser body, String name) throws Exception {
        var feed = DatafeedConfig.STRICT_PARSER.apply(body, null);
        feed.setId(name);
        feed.build();
    }

    @SuppressWarnings("unchecked")
    static void watch(XContentParser body, String name) throws Exception {
        var watch = body.mapOrdered();
        var invalid = new PutWatchRequest(name, bytes(watch), XContentType.JSON).validate();
        if (invalid != null) throw invalid;
        var fields = List.of(WatchField.TRIGGER, WatchField.INPUT, WatchField.CONDITION, WatchField.TRANSFORM, WatchField.ACTIONS, WatchField.THROTTLE_PERIOD_HUMAN, WatchField.METADATA);
        for (String field : watch.keySet()) {
            if (fields.stream().noneMatch(known -> known.match(field, DeprecationHandler.THROW_UNSUPPORTED_OPERATION))) throw new IllegalArgumentException("unexpected field [" + field + "]");
        }
        var search = (Map<String, Object>) ((Map<String, Object>) watch.get("input")).get("search");
        var asked = (Map<String, Object>) ((Map<String, Object>) search.get("request")).get("body");
        try (var query = parser((Map<String, Object>) asked.get("query"))) {
            AbstractQueryBuilder.parseTopLevelQuery(query);
        }
        WatcherDateTimeUtils.parseTimeValueSupportingFractional((String) watch.get("throttle_period"), "throttle_period");
        try (var actions = parser((Map<String, Object>) watch.get("actions"))) {
            actions.nextToken();
            var registry = new ActionRegistry(Map.of("index", new IndexActions()), new ConditionRegistry(Map.of(), Clock.systemUTC()), new TransformRegistry(Map.of()), Clock.systemUTC(), new XPackLicenseState(() -> 0));
            if (registry.parseActions(name, actions).isEmpty()) throw new IllegalArgumentException("a watch without an action");
        }
    }

    static BytesArray bytes(Map<String, Object> map) throws Exception {
        try (XContentBuilder body = JsonXContent.contentBuilder().map(map)) {
            return new BytesArray(org.elasticsearch.common.Strings.toString(body));
        }
    }

    // The module for watches, which would read the body of an action, is published nowhere: here it is only passed over.
    static class IndexActions extends ActionFactory {
        IndexActions() {
            super(org.apache.logging.log4j.LogManager.getLogger(IndexActions.class));
        }

        @Override
        public ExecutableAction<? extends Action> parseExecutable(String watch, String name, XContentParser body) throws java.io.IOException {
            var said = body.map();
            return new ExecutableAction<>(new Said(said), actionLogger) {
                @Override
                public Action.Result execute(String name, WatchExecutionContext context, Payload payload) {
                    throw new UnsupportedOperationException();
                }
            };
        }
    }

    record Said(Map<String, Object> body) implements Action {
        @Override
        public String type() {
            return "index";
        }

        @Override
        public XContentBuilder toXContent(XContentBuilder builder, Params params) throws java.io.IOException {
            return builder.map(body);
        }
    }
}
