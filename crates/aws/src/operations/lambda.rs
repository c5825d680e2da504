//! Operations of Lambda.

crate::operations! {
    service: "lambda", prefix: "lambda";
    read LIST_FUNCTIONS = "ListFunctions", "lambda-read";
    read GET_POLICY = "GetPolicy", "lambda-read";
    read GET_FUNCTION_URL_CONFIG = "GetFunctionUrlConfig", "lambda-read";
    read GET_FUNCTION_CODE_SIGNING_CONFIG = "GetFunctionCodeSigningConfig", "lambda-read";
    read LIST_TAGS = "ListTags", "lambda-read";
}
