//! How a comparison uses each column of PostgreSQL's catalogs. A test reads the catalogs of the running server, and
//! fails at a column that is not named here.
//!
//! The columns of PostgreSQL 15 to 18 are named. A column that is not compared has a reason beside it.

/// How a comparison includes the contents of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatalogUse {
    /// Is part of a table, column, constraint, index, view, trigger or enum type, as operations create them.
    Model,
    /// Is a separate property, or part of one.
    Property,
    /// Is part of the definition of an object that no operation creates.
    Native,
    /// References another object, or contains an OID or a position: equal if the objects have the same names.
    Link,
    /// Is not compared, for this reason.
    Nothing(&'static str),
}

use CatalogUse::{Link, Model, Native, Nothing, Property};

const OWNER: &str = "roles of the server own objects, and revisions do not create roles";
const RIGHTS: &str = "grants refer to roles of the server, and revisions do not create roles";
const INSIDE: &str =
    "internal data of the server: equal for equal definitions, or different in each database";
const FOLLOWS: &str = "it is derived from other columns";
const ROWS: &str = "it describes rows";
const SERVER: &str = "it belongs to the server, not to a schema";
const SECRET: &str = "it may hold a password";
const LANGUAGE: &str = "extensions create languages, access methods and transforms; those that a user creates are not \
                        compared";
const OTHER_DATABASE: &str = "a subscription connects to another server and holds a password";
const VERSION: &str = "the installed version depends on the server, and pg_dump leaves it out too";

/// The catalogs, with the use of their columns.
pub const CATALOGS: &[(&str, CatalogUse, &str)] = &[
    (
        "pg_aggregate",
        Native,
        "aggfnoid aggkind aggnumdirectargs aggtransfn aggfinalfn aggcombinefn aggserialfn aggdeserialfn aggmtransfn aggminvtransfn aggmfinalfn aggfinalextra aggmfinalextra aggfinalmodify aggmfinalmodify aggsortop aggtranstype aggtransspace aggmtranstype aggmtransspace agginitval aggminitval",
    ),
    ("pg_am", Nothing(LANGUAGE), "oid amname amhandler amtype"),
    (
        "pg_amop",
        Native,
        "amoplefttype amoprighttype amopstrategy amopopr amopsortfamily amopfamily",
    ),
    ("pg_amop", Nothing(FOLLOWS), "oid amoppurpose amopmethod"),
    (
        "pg_amproc",
        Native,
        "amprocfamily amproclefttype amprocrighttype amprocnum amproc",
    ),
    ("pg_amproc", Nothing(FOLLOWS), "oid"),
    ("pg_attrdef", Model, "adbin"),
    ("pg_attrdef", Link, "oid adrelid adnum"),
    (
        "pg_attribute",
        Model,
        "attname atttypid atttypmod attnotnull attidentity attgenerated attcollation",
    ),
    (
        "pg_attribute",
        Property,
        "attstattarget attstorage attcompression attoptions",
    ),
    ("pg_attribute", Native, "attfdwoptions"),
    ("pg_attribute", Link, "attrelid attnum"),
    (
        "pg_attribute",
        Nothing(FOLLOWS),
        "attlen attbyval attalign atthasdef",
    ),
    (
        "pg_attribute",
        Nothing("an array accepts any number of dimensions, whatever its declaration"),
        "attndims",
    ),
    (
        "pg_attribute",
        Nothing(
            "an inherited column is compared through the inheritance of its table; whether the table also declares it \
             matters only once the parent drops it",
        ),
        "attislocal attinhcount",
    ),
    (
        "pg_attribute",
        Nothing(INSIDE),
        "attcacheoff atthasmissing attmissingval attisdropped",
    ),
    ("pg_attribute", Nothing(RIGHTS), "attacl"),
    (
        "pg_auth_members",
        Nothing(SERVER),
        "oid roleid member grantor admin_option inherit_option set_option",
    ),
    (
        "pg_authid",
        Nothing(SERVER),
        "oid rolname rolsuper rolinherit rolcreaterole rolcreatedb rolcanlogin rolreplication rolbypassrls rolconnlimit rolpassword rolvaliduntil",
    ),
    (
        "pg_cast",
        Native,
        "castsource casttarget castfunc castcontext castmethod",
    ),
    ("pg_cast", Link, "oid"),
    ("pg_class", Model, "relname relkind relchecks reloptions"),
    (
        "pg_class",
        Property,
        "reloftype relam reltablespace relpersistence relrowsecurity relforcerowsecurity relreplident",
    ),
    ("pg_class", Native, "relpartbound relispartition"),
    ("pg_class", Link, "oid relnamespace reltype reltoastrelid"),
    ("pg_class", Nothing(OWNER), "relowner"),
    ("pg_class", Nothing(RIGHTS), "relacl"),
    (
        "pg_class",
        Nothing(ROWS),
        "relpages reltuples relallvisible relallfrozen relispopulated",
    ),
    (
        "pg_class",
        Nothing(FOLLOWS),
        "relhasindex relnatts relhasrules relhastriggers relhassubclass relisshared",
    ),
    (
        "pg_class",
        Nothing(INSIDE),
        "relfilenode relrewrite relfrozenxid relminmxid",
    ),
    (
        "pg_collation",
        Native,
        "collname collprovider collisdeterministic collcollate collctype colliculocale colllocale collicurules",
    ),
    ("pg_collation", Link, "oid collnamespace"),
    ("pg_collation", Nothing(OWNER), "collowner"),
    ("pg_collation", Nothing(FOLLOWS), "collencoding"),
    ("pg_collation", Nothing(VERSION), "collversion"),
    (
        "pg_constraint",
        Model,
        "conname contype condeferrable condeferred convalidated confupdtype confdeltype conkey confkey conexclop conbin",
    ),
    (
        "pg_constraint",
        Property,
        "confmatchtype connoinherit confdelsetcols conenforced conperiod",
    ),
    (
        "pg_constraint",
        Link,
        "oid connamespace conrelid contypid conindid conparentid confrelid",
    ),
    (
        "pg_constraint",
        Nothing(
            "as for columns, an inherited check is compared through the inheritance of its table",
        ),
        "conislocal coninhcount",
    ),
    (
        "pg_constraint",
        Nothing(FOLLOWS),
        "conpfeqop conppeqop conffeqop",
    ),
    (
        "pg_conversion",
        Native,
        "conname conforencoding contoencoding conproc condefault",
    ),
    ("pg_conversion", Link, "oid connamespace"),
    ("pg_conversion", Nothing(OWNER), "conowner"),
    (
        "pg_database",
        Nothing(SERVER),
        "oid datname datdba encoding datlocprovider datistemplate datallowconn dathasloginevt datconnlimit datfrozenxid datminmxid dattablespace datcollate datctype daticulocale datlocale daticurules datcollversion datacl",
    ),
    (
        "pg_db_role_setting",
        Nothing(SERVER),
        "setdatabase setrole setconfig",
    ),
    (
        "pg_default_acl",
        Nothing(RIGHTS),
        "oid defaclrole defaclnamespace defaclobjtype defaclacl",
    ),
    (
        "pg_depend",
        Link,
        "classid objid objsubid refclassid refobjid refobjsubid deptype",
    ),
    ("pg_description", Property, "description"),
    ("pg_description", Link, "objoid classoid objsubid"),
    ("pg_enum", Model, "enumsortorder enumlabel"),
    ("pg_enum", Link, "oid enumtypid"),
    (
        "pg_event_trigger",
        Native,
        "evtname evtevent evtfoid evtenabled evttags",
    ),
    ("pg_event_trigger", Link, "oid"),
    ("pg_event_trigger", Nothing(OWNER), "evtowner"),
    ("pg_extension", Native, "extname extnamespace"),
    ("pg_extension", Link, "oid"),
    ("pg_extension", Nothing(OWNER), "extowner"),
    (
        "pg_extension",
        Nothing(VERSION),
        "extversion extrelocatable extconfig extcondition",
    ),
    (
        "pg_foreign_data_wrapper",
        Native,
        "fdwname fdwhandler fdwvalidator fdwoptions",
    ),
    ("pg_foreign_data_wrapper", Link, "oid"),
    ("pg_foreign_data_wrapper", Nothing(OWNER), "fdwowner"),
    ("pg_foreign_data_wrapper", Nothing(RIGHTS), "fdwacl"),
    (
        "pg_foreign_server",
        Native,
        "srvname srvfdw srvtype srvversion srvoptions",
    ),
    ("pg_foreign_server", Link, "oid"),
    ("pg_foreign_server", Nothing(OWNER), "srvowner"),
    ("pg_foreign_server", Nothing(RIGHTS), "srvacl"),
    ("pg_foreign_table", Native, "ftserver ftoptions"),
    ("pg_foreign_table", Link, "ftrelid"),
    (
        "pg_index",
        Model,
        "indnatts indnkeyatts indisunique indnullsnotdistinct indisprimary indisexclusion indimmediate indkey indcollation indclass indoption indexprs indpred",
    ),
    (
        "pg_index",
        Property,
        "indisclustered indisvalid indisreplident",
    ),
    ("pg_index", Link, "indexrelid indrelid"),
    (
        "pg_index",
        Nothing(INSIDE),
        "indcheckxmin indisready indislive",
    ),
    ("pg_inherits", Property, "inhparent"),
    ("pg_inherits", Link, "inhrelid"),
    (
        "pg_inherits",
        Nothing(
            "the first of several parents determines the order of columns, which is not compared",
        ),
        "inhseqno",
    ),
    ("pg_inherits", Nothing(INSIDE), "inhdetachpending"),
    (
        "pg_init_privs",
        Nothing(RIGHTS),
        "objoid classoid objsubid privtype initprivs",
    ),
    (
        "pg_language",
        Nothing(LANGUAGE),
        "oid lanname lanowner lanispl lanpltrusted lanplcallfoid laninline lanvalidator lanacl",
    ),
    ("pg_largeobject", Nothing(ROWS), "loid pageno data"),
    (
        "pg_largeobject_metadata",
        Nothing(ROWS),
        "oid lomowner lomacl",
    ),
    ("pg_namespace", Link, "oid nspname"),
    ("pg_namespace", Nothing(OWNER), "nspowner"),
    ("pg_namespace", Nothing(RIGHTS), "nspacl"),
    (
        "pg_opclass",
        Native,
        "opcmethod opcname opcfamily opcintype opcdefault opckeytype",
    ),
    ("pg_opclass", Link, "oid opcnamespace"),
    ("pg_opclass", Nothing(OWNER), "opcowner"),
    (
        "pg_operator",
        Native,
        "oprname oprcanmerge oprcanhash oprleft oprright oprcom oprnegate oprcode oprrest oprjoin",
    ),
    ("pg_operator", Link, "oid oprnamespace"),
    ("pg_operator", Nothing(OWNER), "oprowner"),
    ("pg_operator", Nothing(FOLLOWS), "oprkind oprresult"),
    ("pg_opfamily", Native, "opfmethod opfname"),
    ("pg_opfamily", Link, "oid opfnamespace"),
    ("pg_opfamily", Nothing(OWNER), "opfowner"),
    ("pg_parameter_acl", Nothing(SERVER), "oid parname paracl"),
    (
        "pg_partitioned_table",
        Model,
        "partstrat partnatts partattrs partclass partcollation partexprs",
    ),
    ("pg_partitioned_table", Link, "partrelid partdefid"),
    (
        "pg_policy",
        Native,
        "polname polcmd polpermissive polroles polqual polwithcheck",
    ),
    ("pg_policy", Link, "oid polrelid"),
    (
        "pg_proc",
        Native,
        "proname prolang procost prorows provariadic prosupport prokind prosecdef proleakproof proisstrict proretset provolatile proparallel pronargs pronargdefaults prorettype proargtypes proallargtypes proargmodes proargnames proargdefaults protrftypes prosrc probin prosqlbody proconfig",
    ),
    ("pg_proc", Link, "oid pronamespace"),
    ("pg_proc", Nothing(OWNER), "proowner"),
    ("pg_proc", Nothing(RIGHTS), "proacl"),
    (
        "pg_publication",
        Native,
        "pubname puballtables pubinsert pubupdate pubdelete pubtruncate pubviaroot pubgencols",
    ),
    ("pg_publication", Link, "oid"),
    ("pg_publication", Nothing(OWNER), "pubowner"),
    ("pg_publication_namespace", Native, "oid pnpubid pnnspid"),
    (
        "pg_publication_rel",
        Native,
        "prpubid prrelid prqual prattrs",
    ),
    ("pg_publication_rel", Link, "oid"),
    (
        "pg_range",
        Native,
        "rngsubtype rngmultitypid rngcollation rngsubopc rngcanonical rngsubdiff",
    ),
    ("pg_range", Link, "rngtypid"),
    ("pg_replication_origin", Nothing(SERVER), "roident roname"),
    (
        "pg_rewrite",
        Native,
        "rulename ev_type is_instead ev_qual ev_action",
    ),
    ("pg_rewrite", Property, "ev_enabled"),
    ("pg_rewrite", Link, "oid ev_class"),
    ("pg_seclabel", Property, "provider label"),
    ("pg_seclabel", Link, "objoid classoid objsubid"),
    (
        "pg_sequence",
        Native,
        "seqtypid seqstart seqincrement seqmax seqmin seqcache seqcycle",
    ),
    ("pg_sequence", Link, "seqrelid"),
    (
        "pg_shdepend",
        Nothing(SERVER),
        "dbid classid objid objsubid refclassid refobjid deptype",
    ),
    (
        "pg_shdescription",
        Nothing(SERVER),
        "objoid classoid description",
    ),
    (
        "pg_shseclabel",
        Nothing(SERVER),
        "objoid classoid provider label",
    ),
    (
        "pg_statistic",
        Nothing(ROWS),
        "starelid staattnum stainherit stanullfrac stawidth stadistinct stakind1 stakind2 stakind3 stakind4 stakind5 staop1 staop2 staop3 staop4 staop5 stacoll1 stacoll2 stacoll3 stacoll4 stacoll5 stanumbers1 stanumbers2 stanumbers3 stanumbers4 stanumbers5 stavalues1 stavalues2 stavalues3 stavalues4 stavalues5",
    ),
    (
        "pg_statistic_ext",
        Native,
        "stxname stxkeys stxkind stxexprs",
    ),
    ("pg_statistic_ext", Property, "stxstattarget"),
    ("pg_statistic_ext", Link, "oid stxrelid stxnamespace"),
    ("pg_statistic_ext", Nothing(OWNER), "stxowner"),
    (
        "pg_statistic_ext_data",
        Nothing(ROWS),
        "stxoid stxdinherit stxdndistinct stxddependencies stxdmcv stxdexpr",
    ),
    (
        "pg_subscription",
        Nothing(OTHER_DATABASE),
        "oid subdbid subskiplsn subname subowner subenabled subbinary substream subtwophasestate subdisableonerr subpasswordrequired subrunasowner subfailover subconninfo subslotname subsynccommit subpublications suborigin",
    ),
    (
        "pg_subscription_rel",
        Nothing(OTHER_DATABASE),
        "srsubid srrelid srsubstate srsublsn",
    ),
    (
        "pg_tablespace",
        Nothing(SERVER),
        "oid spcname spcowner spcacl spcoptions",
    ),
    (
        "pg_transform",
        Nothing(LANGUAGE),
        "oid trftype trflang trffromsql trftosql",
    ),
    (
        "pg_trigger",
        Model,
        "tgname tgfoid tgtype tgdeferrable tginitdeferred tgnargs tgattr tgargs tgqual tgoldtable tgnewtable",
    ),
    ("pg_trigger", Property, "tgenabled"),
    (
        "pg_trigger",
        Link,
        "oid tgrelid tgparentid tgisinternal tgconstrrelid tgconstrindid tgconstraint",
    ),
    ("pg_ts_config", Native, "cfgname cfgparser"),
    ("pg_ts_config", Link, "oid cfgnamespace"),
    ("pg_ts_config", Nothing(OWNER), "cfgowner"),
    ("pg_ts_config_map", Native, "maptokentype mapseqno mapdict"),
    ("pg_ts_config_map", Link, "mapcfg"),
    ("pg_ts_dict", Native, "dictname dicttemplate dictinitoption"),
    ("pg_ts_dict", Link, "oid dictnamespace"),
    ("pg_ts_dict", Nothing(OWNER), "dictowner"),
    (
        "pg_ts_parser",
        Native,
        "prsname prsstart prstoken prsend prsheadline prslextype",
    ),
    ("pg_ts_parser", Link, "oid prsnamespace"),
    ("pg_ts_template", Native, "tmplname tmplinit tmpllexize"),
    ("pg_ts_template", Link, "oid tmplnamespace"),
    (
        "pg_type",
        Native,
        "typname typtype typcategory typlen typbyval typinput typoutput typreceive typsend typnotnull typbasetype typtypmod typcollation typdefault",
    ),
    (
        "pg_type",
        Link,
        "oid typnamespace typrelid typelem typarray",
    ),
    (
        "pg_type",
        Nothing(
            "base types need C functions, which extensions provide; of a base type that a user creates, the common \
             properties are compared",
        ),
        "typispreferred typdelim typsubscript typmodin typmodout typanalyze typalign typstorage",
    ),
    (
        "pg_type",
        Nothing(FOLLOWS),
        "typisdefined typndims typdefaultbin",
    ),
    ("pg_type", Nothing(OWNER), "typowner"),
    ("pg_type", Nothing(RIGHTS), "typacl"),
    (
        "pg_user_mapping",
        Nothing(SECRET),
        "oid umuser umserver umoptions",
    ),
];
